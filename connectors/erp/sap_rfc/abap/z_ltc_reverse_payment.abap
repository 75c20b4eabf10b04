*----------------------------------------------------------------------*
* Z_LTC_REVERSE_PAYMENT: open again what a payment cleared, and reverse
* it. Remote-enabled, function group ZLTC, ECC 6.0.
*
* HONESTY: this source has not been compiled or run against a real SAP
* system by its authors; they had none. What it does is what the hub's
* simulated SAP does. Before it is used, have it reviewed and tested in
* a sandbox client; the points to look at are marked VERIFY.
*
* BAPI_ACC_DOCUMENT_REV_POST does not reverse what is cleared, and there
* is no remote-enabled BAPI that resets a clearing. The posting interface
* runs FBRA and FB08, which commit by themselves: so everything happens
* at once, and the caller has nothing to commit. To call it again does no
* harm: what is reset is no longer found, and a payment that is reversed
* already is answered with the number of its reversal.
*
* VERIFY: a clearing document's fiscal year is taken from its date, which
* holds where the fiscal year is the calendar year.
*
* Message class ZLTC:
*   022 Document & & & is no incoming payment
*----------------------------------------------------------------------*
FUNCTION z_ltc_reverse_payment.
*"----------------------------------------------------------------------
*"  IMPORTING
*"     VALUE(I_BUKRS) TYPE  BUKRS
*"     VALUE(I_BELNR) TYPE  BELNR_D
*"     VALUE(I_GJAHR) TYPE  GJAHR
*"     VALUE(I_STGRD) TYPE  STGRD DEFAULT '01'
*"  EXPORTING
*"     VALUE(E_STBLG) TYPE  STBLG
*"  TABLES
*"      RETURN STRUCTURE  BAPIRET2
*"----------------------------------------------------------------------
  TYPES: BEGIN OF ty_clearing,
           augbl TYPE augbl,
           augdt TYPE augdt,
         END OF ty_clearing.
* The document type of incoming payments; VERIFY it is the hub's setting.
  CONSTANTS lc_blart TYPE blart VALUE 'DZ'.
  DATA: ls_bkpf     TYPE bkpf,
        lt_clearing TYPE STANDARD TABLE OF ty_clearing,
        ls_clearing TYPE ty_clearing,
        ls_return   TYPE bapiret2,
        lv_gjahr    TYPE gjahr,
        lv_msgid    TYPE sy-msgid,
        lv_msgno    TYPE sy-msgno,
        lv_msgty    TYPE sy-msgty,
        lv_msgv1    TYPE sy-msgv1,
        lv_msgv2    TYPE sy-msgv2,
        lv_msgv3    TYPE sy-msgv3,
        lv_msgv4    TYPE sy-msgv4,
        lv_subrc    TYPE sy-subrc.

  DEFINE tell.                                   " type, class, number, v1..v3
    clear ls_return.
    call function 'BALW_BAPIRETURN_GET2'
      exporting
        type   = &1
        cl     = &2
        number = &3
        par1   = &4
        par2   = &5
        par3   = &6
      importing
        return = ls_return.
    append ls_return to return.
  END-OF-DEFINITION.

  CLEAR: return[], e_stblg.
  SELECT SINGLE * FROM bkpf INTO ls_bkpf
    WHERE bukrs = i_bukrs AND belnr = i_belnr AND gjahr = i_gjahr.
  IF sy-subrc <> 0 OR ls_bkpf-blart <> lc_blart.
    tell 'E' 'ZLTC' '022' i_belnr i_bukrs i_gjahr.
    RETURN.
  ENDIF.
  IF NOT ls_bkpf-stblg IS INITIAL.
    e_stblg = ls_bkpf-stblg.
    tell 'S' 'F5' '312' e_stblg i_bukrs space.
    RETURN.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_START'
    EXPORTING
      i_function         = 'C'
      i_mode             = 'N'
      i_update           = 'S'
      i_user             = sy-uname
    EXCEPTIONS
      client_incorrect   = 1
      function_invalid   = 2
      group_name_missing = 3
      mode_invalid       = 4
      update_invalid     = 5
      OTHERS             = 6.
  IF sy-subrc <> 0.
    tell 'E' sy-msgid sy-msgno sy-msgv1 sy-msgv2 sy-msgv3.
    RETURN.
  ENDIF.

* FBRA for every document that cleared an item of the payment.
  SELECT DISTINCT augbl augdt FROM bsad INTO TABLE lt_clearing
    WHERE bukrs = i_bukrs AND belnr = i_belnr AND gjahr = i_gjahr.
  LOOP AT lt_clearing INTO ls_clearing.
    lv_gjahr = ls_clearing-augdt(4).
    CALL FUNCTION 'POSTING_INTERFACE_RESET_CLEAR'
      EXPORTING
        i_augbl                  = ls_clearing-augbl
        i_bukrs                  = i_bukrs
        i_gjahr                  = lv_gjahr
        i_tcode                  = 'FBRA'
      IMPORTING
        e_msgid                  = lv_msgid
        e_msgno                  = lv_msgno
        e_msgty                  = lv_msgty
        e_msgv1                  = lv_msgv1
        e_msgv2                  = lv_msgv2
        e_msgv3                  = lv_msgv3
        e_msgv4                  = lv_msgv4
        e_subrc                  = lv_subrc
      EXCEPTIONS
        transaction_code_invalid = 1
        no_authorization         = 2
        OTHERS                   = 3.
    IF sy-subrc <> 0.
      tell 'E' sy-msgid sy-msgno sy-msgv1 sy-msgv2 sy-msgv3.
      RETURN.
    ENDIF.
    IF lv_subrc <> 0 OR lv_msgty CA 'EA'.
      tell 'E' lv_msgid lv_msgno lv_msgv1 lv_msgv2 lv_msgv3.
      RETURN.
    ENDIF.
  ENDLOOP.

  CALL FUNCTION 'POSTING_INTERFACE_REVERSE_DOC'
    EXPORTING
      i_belns                  = i_belnr
      i_bukrs                  = i_bukrs
      i_gjahs                  = i_gjahr
      i_stgrd                  = i_stgrd
      i_tcode                  = 'FB08'
    IMPORTING
      e_msgid                  = lv_msgid
      e_msgno                  = lv_msgno
      e_msgty                  = lv_msgty
      e_msgv1                  = lv_msgv1
      e_msgv2                  = lv_msgv2
      e_msgv3                  = lv_msgv3
      e_msgv4                  = lv_msgv4
      e_subrc                  = lv_subrc
    EXCEPTIONS
      transaction_code_invalid = 1
      no_authorization         = 2
      OTHERS                   = 3.
  IF sy-subrc <> 0.
    tell 'E' sy-msgid sy-msgno sy-msgv1 sy-msgv2 sy-msgv3.
    RETURN.
  ENDIF.
  IF lv_subrc <> 0 OR lv_msgty CA 'EA'.
    tell 'E' lv_msgid lv_msgno lv_msgv1 lv_msgv2 lv_msgv3.
    RETURN.
  ENDIF.

  CALL FUNCTION 'POSTING_INTERFACE_END'
    EXCEPTIONS
      session_not_processable = 1
      OTHERS                  = 2.
  IF sy-subrc <> 0.
    tell 'E' sy-msgid sy-msgno sy-msgv1 sy-msgv2 sy-msgv3.
    RETURN.
  ENDIF.

  SELECT SINGLE stblg FROM bkpf INTO e_stblg
    WHERE bukrs = i_bukrs AND belnr = i_belnr AND gjahr = i_gjahr.
  tell 'S' 'F5' '312' e_stblg i_bukrs space.
ENDFUNCTION.
